import { GrapevineError } from '@grapevine/wire';

export function failed(message: string, action = 'Connect again.'): GrapevineError {
  return new GrapevineError('link-failed', message, action);
}

export function abortedError(): GrapevineError {
  return new GrapevineError(
    'link-aborted',
    'The link was given up before it opened.',
    'Connect again.',
  );
}

/** The code of dials is not there. */
export function unloadedError(): GrapevineError {
  return failed('A part of the app could not be loaded.', 'Reload the page.');
}
