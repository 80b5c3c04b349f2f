// Talks to a server with OpenAI's own client and prints what came of it as one JSON object.
// Usage: node openai.mjs BASE_URL MODEL
import OpenAI from "openai";

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "none", maxRetries: 0 });
const say = (content, more = {}) => ({ model, messages: [{ role: "user", content }], ...more });
const tool = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { q: { type: "string" } } } },
};

const scenarios = {
  async models() {
    const listed = await client.models.list();
    const one = await client.models.retrieve(model);
    return { ids: listed.data.map((entry) => entry.id), one: one.id };
  },
  async plain() {
    const answer = await client.chat.completions.create(say("hi [[fake tokens=5]]"));
    return { text: answer.choices[0].message.content, model: answer.model, usage: answer.usage };
  },
  async stream() {
    const stream = await client.chat.completions.create(
      say("hi [[fake tokens=20 delay=1]]", { stream: true, stream_options: { include_usage: true } }),
    );
    let text = "";
    let usage = null;
    let finish = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return { text, usage, finish };
  },
  async tools() {
    const answer = await client.chat.completions.create(say("hi [[fake tool=1]]", { tools: [tool] }));
    return { finish: answer.choices[0].finish_reason, call: answer.choices[0].message.tool_calls[0].function.name };
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model, input: ["a", "b"] });
    return { count: answer.data.length, dimensions: answer.data[0].embedding.length };
  },
  async response() {
    const answer = await client.responses.create({ model, input: "hi [[fake tokens=5]]" });
    return { text: answer.output_text, status: answer.status, usage: answer.usage };
  },
  async responseStream() {
    const stream = await client.responses.create({ model, input: "hi [[fake tokens=5]]", stream: true });
    let text = "";
    let last = null;
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") text += event.delta;
      last = event.type;
    }
    return { text, last };
  },
  async cancel() {
    const stream = await client.chat.completions.create(
      say("hi [[fake tokens=100000 delay=5]]", { stream: true }),
    );
    let chunks = 0;
    for await (const _ of stream) {
      if (++chunks === 5) stream.controller.abort();
    }
    return { chunks };
  },
  async badRequest() {
    return failure(() => client.chat.completions.create(say("hi", { temperature: 9 })));
  },
  async notFound() {
    return failure(() => client.chat.completions.create({ ...say("hi"), model: "no-such-model" }));
  },
  async busy() {
    const asked = { ...say("hi [[fake status=429 retry_after=1]]"), model: "busy" };
    return failure(() => client.chat.completions.create(asked));
  },
};

async function failure(attempt) {
  try {
    await attempt();
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
  return null;
}

const results = {};
for (const [name, scenario] of Object.entries(scenarios)) results[name] = await scenario();
console.log(JSON.stringify(results));
