// Runs Python files in the MicroPython virtual machine:
//   node run.mjs HOST_FOLDER=/VM/FOLDER ... -- MODULE < STANDARD_INPUT
// The folders' .py files are put into the machine's own file system, and MODULE.main(lines of the input) is called.
import { readFileSync, readdirSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const split = process.argv.indexOf("--");
const machine = await loadMicroPython({
  heapsize: 16 * 1024 * 1024,
  linebuffer: true,
  stdout: (line) => process.stdout.write(line + "\n"),
});

function makeFolder(path) {
  let made = "";
  for (const part of path.split("/").filter(Boolean)) {
    made += "/" + part;
    if (!machine.FS.analyzePath(made).exists) machine.FS.mkdir(made);
  }
}

for (const pair of process.argv.slice(2, split)) {
  const [from, to] = pair.split("=");
  makeFolder(to);
  for (const name of readdirSync(from)) {
    if (name.endsWith(".py")) machine.FS.writeFile(join(to, name), readFileSync(join(from, name)));
  }
}
machine.FS.writeFile("/standard_input", await buffer(process.stdin));
machine.runPython(`
import sys
sys.path[:] = ["/", "/lib"]
import ${process.argv[split + 1]} as it
it.main(open("/standard_input"))
`);
