// Write a zip without compression: browsers have no function for it, and a notebook's text is small.

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  for (let bit = 0; bit < 8; bit += 1) number = number & 1 ? (number >>> 1) ^ 0xedb88320 : number >>> 1;
  return number;
});
const UTF8_NAME = 0x800; // the flag that says that a name is UTF-8

/** The CRC-32 checksum that the zip format asks for. */
export function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ TABLE[(sum ^ byte) & 0xff];
  return (sum ^ 0xffffffff) >>> 0;
}

/**
 * Make a zip.
 * @param {{name: string, bytes: Uint8Array, date: Date}[]} files the files; names have "/" between folders.
 * @returns {Blob} the zip.
 */
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes, date } of files) {
    const text = new TextEncoder().encode(name);
    // What the header of a file and its entry in the directory have in common, 26 bytes.
    const common = numbers([2, 20], [2, UTF8_NAME], [2, 0], [2, dosTime(date)], [2, dosDate(date)],
      [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, text.length], [2, 0]);
    parts.push(numbers([4, 0x04034b50]), common, text, bytes);
    directory.push(numbers([4, 0x02014b50], [2, 20]), common, numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), text);
    offset += 4 + common.length + text.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Numbers as bytes, the lowest byte first. Each is given as [how many bytes, number]. */
function numbers(...given) {
  return Uint8Array.from(given.flatMap(([width, value]) =>
    Array.from({ length: width }, (_, index) => Math.floor(value / 256 ** index) & 0xff)));
}

function dosTime(date) {
  return (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
}

function dosDate(date) {
  return ((Math.max(date.getFullYear(), 1980) - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
}
