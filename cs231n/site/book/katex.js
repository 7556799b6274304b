// Reads one JSON request per line, {"tex", "display"}. Writes one JSON answer per line, {"html"} or {"error"}.
const katex = require(process.argv[2]);
const options = { throwOnError: true, strict: "ignore", output: "htmlAndMathml" };
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    answer = { html: katex.renderToString(tex, { ...options, displayMode: display }) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
