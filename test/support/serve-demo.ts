// `npm start`: serves the built demo with the headers that give it shared memory, and a page
// that embeds the mixer from there as a second site, without them. Runs in Node.
// PORT picks the port (8080 by default, that page's is the next one), HOST the address; ISOLATED=0 leaves the
// headers out (message-port path).
import { startServer } from "./server.ts";

const port = Number(process.env.PORT ?? 8080);
const { HOST: host = "127.0.0.1" } = process.env;
/** Node's own words are a stack. */
const refuse = (error: NodeJS.ErrnoException): never => {
  if (error.code !== "EADDRINUSE") throw error;
  console.error(`Port ${port} or ${port + 1} is taken: PORT=8090 npm start takes others.`);
  process.exit(1);
};
const { url } = await startServer({
  mounts: { "/": "dist" },
  isolated: process.env.ISOLATED !== "0",
  // Others may embed it.
  headers: { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" },
  port,
  host,
}).catch(refuse);
const article = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A blog</title>
<meta name="viewport" content="width=device-width">
<script src="${url}/embed.js" crossorigin async></script>
<h1>A page of another origin</h1>
<stem-mixer src="${url}/demo/song/song.mp3" song-title="Four-part light"></stem-mixer></html>`;
const blog = await startServer({
  mounts: {},
  pages: { "/": article },
  isolated: false,
  port: port + 1,
  host,
}).catch(refuse);
console.log(`Danna-Sep Live: ${url}/demo/`);
console.log(`Embedded by another origin: ${blog.url}/`);
