/** A QR code for a terminal. Colours are set outright, so it scans on dark and light themes. */

/** @param {string} text */
export async function terminalQr(text) {
  const { generate } = await import('lean-qr');
  const on = '\u001b[40m  ';
  const off = '\u001b[47m  ';
  return generate(text).toString({ on, off, lf: '\u001b[0m\n', pad: 2 }) + '\u001b[0m\n';
}
