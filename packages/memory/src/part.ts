import { GrapevineError } from '@grapevine/wire';

/**
 * Code that is loaded when it is first asked for, since most page loads never ask.
 * @throws GrapevineError `part-missing` where it cannot be loaded; asked again, it is tried again;
 * its `cause` is what loading failed with
 */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new GrapevineError(
      'part-missing',
      'A part of the app could not be loaded.',
      'Try again when you are online, or reload the page.',
      { cause },
    );
  }
}
