// A Probot app that does nothing, as its documentation shows it; the peer of the intake.
import http from "node:http";
import { createNodeMiddleware, createProbot } from "probot";

const probot = createProbot({
  overrides: { appId: 1, privateKey: process.env.BENCH_KEY, secret: process.env.BENCH_SECRET },
});
const middleware = await createNodeMiddleware(
  (app) => { app.on("pull_request", () => {}); },
  { probot, webhooksPath: "/webhook" },
);
const server = http.createServer((request, response) => {
  middleware(request, response, () => { response.writeHead(404); response.end(); });
});
server.listen(0, "127.0.0.1", () => { process.stderr.write(`${server.address().port}\n`); });
