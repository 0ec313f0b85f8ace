// Signs and verifies with GitHub's own library: JSON cases on standard input, JSON answers out.
import { readFileSync } from "node:fs";
import { sign, verify, verifyWithFallback } from "@octokit/webhooks-methods";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { secret, body, signature, previous } of cases) {
  if (signature === undefined) {
    answers.push(await sign(secret, body));
  } else if (previous === undefined) {
    answers.push(await verify(secret, body, signature));
  } else {
    answers.push(await verifyWithFallback(secret, body, signature, previous));
  }
}
process.stdout.write(JSON.stringify(answers));
