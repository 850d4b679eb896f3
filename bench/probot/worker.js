// Takes all that server.js queued and counts in Redis how often each delivery was handed to a worker.
import { Queue, Worker } from "bullmq";

const connection = { path: process.env.REDIS_SOCKET };
const queue = new Queue("deliveries", { connection });
const redis = await queue.client;
const count = (job) => redis.hincrby("counted", job.id, job.data.comment.body === process.env.EXPECTED ? 1 : 1000);
const worker = new Worker("deliveries", count, { connection: { ...connection, maxRetriesPerRequest: null }, concurrency: 16 });

await new Promise((drained) => worker.once("drained", drained));
await worker.close();
await queue.close();
