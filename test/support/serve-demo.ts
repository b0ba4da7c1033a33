// `npm start`: serves the built demo with the headers that give it shared memory, and the article
// that embeds the mixer from there as a second site, without them. Runs in Node.
// PORT picks the port (8080 by default, the article's is the next one), HOST the address; ISOLATED=0 leaves the
// headers out (message-port path).
import { readFile } from "node:fs/promises";
import { startServer } from "./server.ts";

const port = Number(process.env.PORT ?? 8080);
const { HOST: host = "127.0.0.1" } = process.env;
const { url } = await startServer({
  mounts: { "/": "dist" },
  isolated: process.env.ISOLATED !== "0",
  // Others may embed it.
  headers: { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" },
  port,
  host,
});
const article = await readFile("dist/demo/embed.html", "utf8");
const blog = await startServer({
  mounts: {},
  pages: { "/": article.replace("../", `${url}/`).replace('"song/', `"${url}/demo/song/`) },
  isolated: false,
  port: port + 1,
  host,
});
console.log(`Danna-Sep Live: ${url}/demo/`);
console.log(`Embedded by another origin: ${blog.url}/`);
