// Run a program on MicroPython's WebAssembly build: node runner.mjs job.json, see interpreters.py.
import fs from "node:fs";
import path from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";

const job = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const micropython = await loadMicroPython({ heapsize: 4 * 1024 * 1024, stdout: (line) => console.log(line) });

function copy(from, to) {
  if (!fs.statSync(from).isDirectory()) {
    micropython.FS.writeFile(to, fs.readFileSync(from));
    return;
  }
  micropython.FS.mkdir(to);
  for (const name of fs.readdirSync(from)) copy(path.join(from, name), `${to}/${name}`);
}

try {
  for (const [name, from] of Object.entries(job.files)) copy(from, name);
  for (const piece of job.pieces) micropython.runPython(piece);
} catch (error) {
  console.error(error.message.trim()); // node would show the line it happened in: 60 KB of the package
  process.exitCode = 1;
}
