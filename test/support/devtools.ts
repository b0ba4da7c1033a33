// DevTools sessions of a page and of the workers, worklets and frames that it starts, which Playwright
// itself does not offer for all of them. Runs in Node.
import type { CDPSession, Page } from "playwright-core";

type Send = <T>(method: string, params?: object) => Promise<T>;

/** Called with each target before it runs, unless it is the page; what it sends at once is done first. */
type OnStart = (target: DevToolsTarget) => void;

interface Message {
  id?: number;
  result?: unknown;
  error?: { message: string };
  method?: string;
  params?: unknown;
}

/** A page, or a worker, worklet or frame of another origin that runs in it. */
export class DevToolsTarget {
  /** "page", "worker", "worklet", "iframe". */
  readonly type: string;
  /** Sends a command; rejects if it fails, or the target ends before it is done. */
  readonly send: Send;
  #onStart: OnStart;
  /** What this target has started and still runs, by session. */
  #children = new Map<
    string,
    { target: DevToolsTarget; receive(message: Message): void; end(): void }
  >();
  /** Called with each target that this one starts from now on. */
  #awaiting = new Set<(target: DevToolsTarget) => void>();

  private constructor(type: string, send: Send, onStart: OnStart) {
    this.type = type;
    this.send = send;
    this.#onStart = onStart;
  }

  /** The page's own target; those it starts from now on are below it. */
  static async of(page: Page, onStart: OnStart = () => undefined): Promise<DevToolsTarget> {
    const client: CDPSession = await page.context().newCDPSession(page);
    const send = client.send.bind(client) as unknown as Send;
    const target = new DevToolsTarget("page", send, onStart);
    const events = [
      "Target.attachedToTarget",
      "Target.detachedFromTarget",
      "Target.receivedMessageFromTarget",
    ] as const;
    for (const method of events) client.on(method, (params) => target.#event({ method, params }));
    await target.#attach();
    return target;
  }

  /** This target and all that run below it. */
  get all(): DevToolsTarget[] {
    return [this, ...[...this.#children.values()].flatMap(({ target }) => target.all)];
  }

  /** The latest worker or worklet that this target has started and still runs, once there is one. */
  async latest(type: "worker" | "worklet"): Promise<DevToolsTarget> {
    const running = [...this.#children.values()].map(({ target }) => target);
    const latest = running.findLast((target) => target.type === type);
    if (latest) return latest;
    return new Promise((resolve) => {
      const take = (target: DevToolsTarget) => {
        if (target.type !== type) return;
        this.#awaiting.delete(take);
        resolve(target);
      };
      this.#awaiting.add(take);
    });
  }

  async #attach(): Promise<void> {
    const options = { autoAttach: true, waitForDebuggerOnStart: true, flatten: false };
    await this.send("Target.setAutoAttach", options);
  }

  #event({ method, params }: Message): void {
    const { sessionId } = params as { sessionId: string };
    if (method === "Target.attachedToTarget") {
      this.#start(sessionId, (params as { targetInfo: { type: string } }).targetInfo.type);
    } else if (method === "Target.receivedMessageFromTarget") {
      const message = JSON.parse((params as { message: string }).message) as Message;
      this.#children.get(sessionId)?.receive(message);
    } else if (method === "Target.detachedFromTarget") {
      this.#children.get(sessionId)?.end();
      this.#children.delete(sessionId);
    }
  }

  #start(sessionId: string, type: string): void {
    const waiting = new Map<number, (message: Message) => void>();
    let last = 0;
    const send: Send = (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id);
          if (error) reject(new Error(`${method}: ${error.message}`));
          else resolve(result as never);
        });
        const message = JSON.stringify({ id, method, params });
        this.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
      });
    const target = new DevToolsTarget(type, send, this.#onStart);
    this.#children.set(sessionId, {
      target,
      receive(message) {
        if (message.id === undefined) target.#event(message);
        else waiting.get(message.id)?.(message);
      },
      end() {
        for (const done of waiting.values()) done({ error: { message: "the target has ended" } });
      },
    });
    this.#onStart(target);
    for (const take of this.#awaiting) take(target);
    // Not all have targets of their own, and any may have ended by now.
    target.#attach().catch(() => undefined);
    target.send("Runtime.runIfWaitingForDebugger").catch(() => undefined);
  }
}
