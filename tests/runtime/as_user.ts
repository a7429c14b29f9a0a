// Runs the code of the second argument; its `become()` makes this process the user of the first.
const libc = Deno.dlopen(Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6", {
  setgid: { parameters: ["u32"], result: "i32" },
  setuid: { parameters: ["u32"], result: "i32" },
});
const [user, code] = Deno.args;
const become = () => {
  libc.symbols.setgid(Number(user));
  libc.symbols.setuid(Number(user));
};
const AsyncFunction = (async () => {}).constructor as new (
  ...parts: string[]
) => (become: () => void) => Promise<void>;
await new AsyncFunction("become", code!)(become);
