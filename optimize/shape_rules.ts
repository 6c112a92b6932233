/**
 * @file Shapes without values: what asks for a shape is given what it follows from.
 */

import { Shape, type ShapeI } from "../core/ops/shape.ts";
import { itemVariable } from "../core/ops/shape_item.ts";
import { TensorVariable } from "../core/tensor/tensor_variable.ts";
import { rewrite, type Rule, rules, type RuleTable } from "./rule.ts";
import { shapesOf } from "./shape_feature.ts";

/** A shape is a vector of lengths. */
export const shapeToShapeI: Rule = rewrite("local_shape_to_shape_i", ["shape"], (node, graph) => {
  const [x] = node.inputs;
  if (!(node.op instanceof Shape) || !(x instanceof TensorVariable)) return undefined;
  return shapesOf(graph)?.makeVectorShape(x);
});

/**
 * A length is what shape inference says; that of a variable which the graph replaced, and which only
 * lengths keep in the graph, is that of what stands there by now.
 */
export const trackShapeI: Rule = rewrite("local_track_shape_i", ["shapeI"], (node, graph) => {
  const shapes = shapesOf(graph);
  const [x] = node.inputs;
  if (shapes === undefined || !(x instanceof TensorVariable)) return undefined;
  const { axis } = node.op as ShapeI;
  const item = shapes.getShape(x, axis);
  if (typeof item === "number" || item.owner?.inputs[0] !== x) return itemVariable(item);
  const successor = shapes.successor(x);
  const isKeptByLengths = graph.clients(x).every((client) =>
    client.node !== "output" && client.node.op.key === node.op.key
  );
  if (!(successor instanceof TensorVariable) || !isKeptByLengths || !graph.has(successor)) {
    return undefined;
  }
  return itemVariable(shapes.getShape(successor, axis));
});

/** Rules of canonicalization and specialization. */
export const shapeRules: RuleTable = rules("shapes", [shapeToShapeI, trackShapeI]);
