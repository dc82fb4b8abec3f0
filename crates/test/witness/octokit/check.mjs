// What the scripts share: counting checks, and calls that must be refused.
export let checks = 0;

export function is(found, wanted, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`);
  checks += 1;
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
  checks += 1;
}

export async function refused(call, status, sentence) {
  try {
    await call;
  } catch (error) {
    if (error.status !== status) throw new Error(`${error.status} ${error.message}, expected ${status} ${sentence}`);
    const said = JSON.stringify(error.response?.data ?? error.message);
    holds(said.includes(sentence), `${said} does not say ${sentence}`);
    return;
  }
  throw new Error(`was not refused with ${status} ${sentence}`);
}
