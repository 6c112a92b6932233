/**
 * The class and whole message of what an action throws. Places in files are written `PLACE`, since
 * they change with every edit of a test.
 */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    return `${error.name}: ${error.message.replace(/file:\S+:\d+:\d+( in \S+)?/g, "PLACE")}`;
  }
  return "nothing was thrown";
}
