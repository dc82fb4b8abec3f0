// Has Mermaid read pictures: a list of { name, text } on standard input. Ends with 1 where it refuses one.
import { JSDOM } from "jsdom";
import { readFileSync } from "node:fs";

const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;

const { default: mermaid } = await import("mermaid");
const pictures = JSON.parse(readFileSync(0, "utf8"));
let refused = 0;
for (const { name, text } of pictures) {
    try {
        await mermaid.parse(text);
    } catch (error) {
        refused += 1;
        console.log(`${name}: ${error.message}\n${text}`);
    }
}
console.log(`${pictures.length - refused} read`);
process.exit(refused ? 1 : 0);
