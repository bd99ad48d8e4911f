import { strFromU8 } from 'fflate';

/** Signatures and offsets: PKWARE APPNOTE 4.3.12 and 4.3.16. */
const fileHeader = 0x02014b50;
const fileHeaderBytes = 46;
const endRecord = 0x06054b50;
const endRecordBytes = 22;
/** Stands where a number is kept in the 64-bit record instead. */
const isElsewhere = 0xffffffff;
const utf8Flag = 0x0800;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 as in ZIP, gzip and PNG (ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The CRC-32 of the files in an archive by their names, as its directory has them: what unpacks to something else is damaged.
 * Total: what cannot be read, and the 64-bit form, gives fewer.
 */
export function zipChecksums(archive: Uint8Array): Map<string, number> {
  const sums = new Map<string, number>();
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = archive.length - endRecordBytes;
  while (end >= 0 && view.getUint32(end, true) !== endRecord) end -= 1;
  if (end < 0) return sums;
  let at = view.getUint32(end + 16, true);
  if (at === isElsewhere) return sums;
  while (at + fileHeaderBytes <= end && view.getUint32(at, true) === fileHeader) {
    const nameBytes = view.getUint16(at + 28, true);
    const isLatin1 = (view.getUint16(at + 8, true) & utf8Flag) === 0;
    const start = at + fileHeaderBytes;
    sums.set(
      strFromU8(archive.subarray(start, start + nameBytes), isLatin1),
      view.getUint32(at + 16, true),
    );
    at = start + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return sums;
}
