// Browser side of injection.test.ts: hands hostile texts to everything that shows or names something.
// Page.
import type { StemMixer } from "../../components/index.ts";
import type { Panel } from "../../components/mixer/view.ts";

/** What no text may bring into a page. */
const FOREIGN = "script, iframe, frame, object, embed, img, base, link, meta, video, audio";

/** What the policy stopped; not that a text was asked for as a song's address, as it should be. */
const violations: string[] = [];
document.addEventListener(
  "securitypolicyviolation",
  ({ violatedDirective, blockedURI, sample }) => {
    if (violatedDirective === "connect-src") return;
    violations.push(`${violatedDirective} blocked ${blockedURI || sample}`);
  },
);

/** Every root of the document, shadow trees as well. */
function roots(root: Document | ShadowRoot = document): (Document | ShadowRoot)[] {
  const inner = [...root.querySelectorAll("*")].flatMap(({ shadowRoot }) =>
    shadowRoot ? roots(shadowRoot) : [],
  );
  return [root, ...inner];
}

/** What looks as if a text had become markup or code. The page's own one script is not listed. */
export function findings(): string[] {
  const found = [...violations];
  if ("pwned" in globalThis) found.push("the code of a text has run");
  for (const root of roots()) {
    for (const element of root.querySelectorAll("*")) {
      const { localName } = element;
      if (element.matches(FOREIGN) && !element.hasAttribute("data-own")) found.push(localName);
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on")) found.push(`${localName} ${name}`);
        const leads = ["href", "src", "action", "formaction", "xlink:href"].includes(name);
        const own = element instanceof HTMLElement && element.localName === "stem-mixer";
        if (leads && !own && /^\s*(javascript|data):/i.test(value)) {
          found.push(`${localName} ${name}=${value}`);
        }
      }
    }
  }
  return found;
}

/** All texts that the mixer shows. */
export const shownText = (): string =>
  roots()
    .map((root) => (root instanceof ShadowRoot ? root.textContent : ""))
    .join("\n");

let mixer: StemMixer;

/** A new mixer in place of the last, with these attributes. */
export async function place(attributes: Record<string, string>): Promise<void> {
  mixer?.remove();
  mixer = document.createElement("stem-mixer");
  for (const [name, value] of Object.entries(attributes)) mixer.setAttribute(name, value);
  document.body.append(mixer);
  await mixer.updateComplete;
}

/** Plays what the attributes name; what that says, if it fails. */
export async function play(): Promise<string | undefined> {
  await mixer.play();
  await mixer.updateComplete;
  const { failure } = mixer;
  if (failure && failure.name !== "DannaError") throw failure;
  return failure?.message;
}

/** Plays a song that bears this name, again and again: at its end the context would sleep, however early that comes. */
export async function playFile(name: string): Promise<void> {
  const song = await (await fetch("/models/song.wav")).blob();
  await mixer.load(new File([song], name, { type: "audio/wav" }));
  if (mixer.failure) throw mixer.failure;
  mixer.loop = { a: 0, b: 0.4 };
  await mixer.updateComplete;
}

/** Names of what a recording gives, after a moment of sound. */
export async function record(): Promise<string[]> {
  mixer.startRecording("stems");
  if (mixer.failure) throw mixer.failure;
  const { context } = mixer.player.state.nodes!;
  const until = context!.currentTime + 0.1;
  while (context!.currentTime < until) await new Promise(requestAnimationFrame);
  const files = await mixer.stopRecording();
  return files.map(({ name }) => name);
}

const until = async (condition: () => unknown): Promise<void> => {
  while (!condition()) await new Promise(requestAnimationFrame);
};

/** Opens a panel, whose script may have to be loaded first. */
async function open(panel: Panel): Promise<void> {
  mixer.dismiss();
  mixer.dispatch({ do: "panel", panel });
  await mixer.updateComplete;
  // What is in a panel comes after its head.
  await until(() => mixer.shadowRoot!.querySelector("section#panel > .panel-head + *"));
  if (panel === "midi") await until(() => mixer.midi());
  await mixer.updateComplete;
}

/** Opens every panel in turn and returns all that was shown. */
export async function openPanels(): Promise<string> {
  let shown = "";
  for (const panel of ["mixes", "record", "midi", "shortcuts", "details"] as const) {
    await open(panel);
    shown += shownText();
    const found = findings();
    if (found.length > 0) throw new Error(`${panel}: ${found.join(", ")}`);
  }
  return shown;
}

/** Waits for the first report of the separator, after which the details have figures. */
export const untilStats = (): Promise<void> => until(() => mixer.player.state.stats);

export async function openMidi(): Promise<string> {
  await open("midi");
  await mixer.midi()!.open();
  await mixer.updateComplete;
  return shownText();
}

export async function listen(): Promise<string> {
  await mixer.useMicrophone();
  await until(() => mixer.shadowRoot!.querySelector(".devices option[value]"));
  return shownText();
}

/** What the mixer has become, to be compared before and after. */
export const state = () => ({
  state: mixer.state,
  mix: mixer.mix,
  master: mixer.master,
  bypass: mixer.bypass,
  paused: mixer.paused,
  preset: mixer.preset,
  // A busy machine has some of its own; a message that got through would bring a thousand million.
  underrun: (mixer.separator?.stats.underruns ?? 0) >= 1e9,
  failure: mixer.failure?.message,
});
