// Posts the body to one object, and answers what the object answered. The object is named by three headers: binding,
// name, and nothing else. An object that fails is 500, with its error.
export default {
  async fetch(request, env) {
    const binding = request.headers.get("binding");
    if (binding === null) return new Response();
    const namespace = env[binding];
    const object = namespace.get(namespace.idFromName(request.headers.get("name")));
    const body = await request.arrayBuffer();
    try {
      const reply = await object.fetch("http://object/", { method: "POST", body });
      return new Response(await reply.arrayBuffer(), { status: reply.status });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
