/**
 * WebCrypto runs beside the event loop and takes as long as the machine is busy. Virtual time that
 * went on meanwhile would run into deadlines that are far away in truth.
 */
let underWay = 0;

const methods = [
  'decrypt',
  'deriveBits',
  'encrypt',
  'exportKey',
  'generateKey',
  'importKey',
  'sign',
  'verify',
] as const;

for (const name of methods) {
  const run = crypto.subtle[name];
  const counted = async (...given: unknown[]): Promise<unknown> => {
    underWay += 1;
    try {
      return await (Reflect.apply(run, crypto.subtle, given) as Promise<unknown>);
    } finally {
      underWay -= 1;
    }
  };
  Object.defineProperty(crypto.subtle, name, { value: counted });
}

/** A task of the real event loop, and as many more as it takes until no cryptography is under way. */
export async function settled(): Promise<void> {
  do {
    await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  } while (underWay > 0);
}
