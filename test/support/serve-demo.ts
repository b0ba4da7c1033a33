// `npm start`: serves the built demo with the headers that give it shared memory. Runs in Node.
// PORT picks the port (8080 by default); ISOLATED=0 leaves the headers out (message-port path).
import { startServer } from "./server.ts";

const { url } = await startServer({
  mounts: { "/": "dist" },
  isolated: process.env.ISOLATED !== "0",
  port: Number(process.env.PORT ?? 8080),
});
console.log(`Danna-Sep Live: ${url}/demo/`);
