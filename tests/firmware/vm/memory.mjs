// Prints how many bytes of MicroPython's memory the controller and its end of the wire take: node memory.mjs TRACTION
// Between two calls from outside the machine collects what is not used any more; within one it cannot.
import { readFileSync, readdirSync } from "node:fs";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const machine = await loadMicroPython({ heapsize: 4 * 1024 * 1024, linebuffer: true, stdout: (line) => console.log(line) });
machine.FS.mkdir("/traction");
for (const part of ["wire", "controller"]) {
  machine.FS.mkdir(`/traction/${part}`);
  const from = `${process.argv[2]}/${part}`;
  for (const name of readdirSync(from)) {
    if (name.endsWith(".py")) machine.FS.writeFile(`/traction/${part}/${name}`, readFileSync(`${from}/${name}`));
  }
}
machine.runPython(`
import gc, sys
sys.path[:] = ["/"]
from traction.controller.core import Controller
from traction.controller.config import ControllerConfig
from traction.controller.link import Link
controller = Controller(ControllerConfig(0, 5, 0))
link = Link(controller, 2, 1, 1, 0)
for tick in range(20):
    controller.tick(tick % 2, tick % 2, 0, 3)
    link.tick()
    link.take()
`);
machine.runPython("gc.collect()");
machine.runPython("gc.collect(); print(gc.mem_alloc())");
