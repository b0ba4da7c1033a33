// DevTools sessions of a page's workers and worklets, which Playwright itself does not offer.
// Runs in Node.
import type { CDPSession, Page } from "playwright-core";

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** Sends DevTools commands to the page's workers and worklets, by target type. */
export class Targets {
  #client: CDPSession;
  #sessions = new Map<string, string>();
  #waiting = new Map<string, (session: string) => void>();
  #replies = new Map<number, (reply: Reply) => void>();
  #last = 0;

  private constructor(client: CDPSession) {
    this.#client = client;
    client.on("Target.attachedToTarget", ({ targetInfo: { type }, sessionId }) => {
      this.#sessions.set(type, sessionId);
      this.#waiting.get(type)?.(sessionId);
    });
    client.on("Target.receivedMessageFromTarget", ({ message }) => {
      const reply = JSON.parse(message) as Reply;
      if (reply.id !== undefined) this.#replies.get(reply.id)?.(reply);
    });
  }

  static async of(page: Page): Promise<Targets> {
    const client = await page.context().newCDPSession(page);
    const targets = new Targets(client);
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await client.send("Target.setAutoAttach", options);
    return targets;
  }

  /** A command to the page itself. */
  get page(): CDPSession {
    return this.#client;
  }

  /** A command to the latest worker or worklet, once there is one. */
  async send<T>(type: "worker" | "worklet", method: string, params: object = {}): Promise<T> {
    const sessionId =
      this.#sessions.get(type) ??
      (await new Promise<string>((resolve) => this.#waiting.set(type, resolve)));
    const id = ++this.#last;
    const reply = new Promise<T>((resolve, reject) =>
      this.#replies.set(id, ({ result, error }) => {
        this.#replies.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result as T);
      }),
    );
    const message = JSON.stringify({ id, method, params });
    await this.#client.send("Target.sendMessageToTarget", { sessionId, message });
    return reply;
  }
}
