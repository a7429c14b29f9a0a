/** Run before every task, with nothing imported: an older Deno cannot even read what the tasks are made of. */

// Older ones lack flock's tryLock, statfs, and the kernel that survives an interrupt; everything is tested with it.
const OLDEST = [2, 9];

const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
if (major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!)) {
  console.error(
    `error: Deno ${OLDEST.join(".")} or newer is needed; this is ${Deno.version.deno}. ` +
      "`deno upgrade` brings it, or `npx -y deno@2 task ...` runs it without an installation. What an older one writes " +
      "into the lock file before it comes to this, `git checkout needs-deno-*.lock` undoes.",
  );
  Deno.exit(1);
}
