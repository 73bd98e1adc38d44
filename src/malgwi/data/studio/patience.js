// A request that got no answer is sent again until there is one: what it asks for happens once,
// since it names itself (an edit's id, a take's place).

import { ApiError } from "./api.js";

const WAITS_MS = [300, 1000, 2000, 5000];

/**
 * @template T
 * @param {() => Promise<T>} send
 * @param {() => boolean} going false: nobody waits for it any more
 * @param {(trouble: ApiError | null) => void} late told each time it failed, and null when it came after all
 * @returns {Promise<T>}
 */
export async function untilAnswered(send, going, late) {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await send();
      if (tries > 0) late(null);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const again = error.status === 0 || error.status >= 500;
      if (!again || !going()) throw error;
      late(error);
      const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}
