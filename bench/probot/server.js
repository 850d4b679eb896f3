// The counterpart of bench/webhook.py: Probot takes deliveries and hands each to BullMQ, under the delivery's id.
import { createServer } from "node:http";

import { Queue } from "bullmq";
import { createNodeMiddleware, createProbot } from "probot";

const queue = new Queue("deliveries", { connection: { path: process.env.REDIS_SOCKET } });
const app = (probot) =>
  probot.on("issue_comment.created", ({ id, name, payload }) => queue.add(name, payload, { jobId: id }));
const middleware = await createNodeMiddleware(app, { probot: createProbot(), webhooksPath: "/webhook" });

createServer(middleware).listen(Number(process.env.PORT), "127.0.0.1");
