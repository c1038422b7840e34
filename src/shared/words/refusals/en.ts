import type { RefusalWords } from './refusalWords.ts'

const because = {
  full: 'The disk of the console is full, so nothing was stored. Free some space and try again.',
  notWritable: 'The data folder of the console cannot be written, so nothing was stored. Its log says more.',
  busy: 'Another program holds the database of the console, so nothing was stored. Try again.',
}

export const en: RefusalWords = {
  noSuchServer: () => 'There is no such server.',
  noSuchHost: () => 'There is no such host.',
  noSuchStream: () => 'There is no such stream.',
  noSuchAlarm: () => 'There is no such alarm.',
  endNotAhead: () => "The end must lie ahead, and a shelf's at most 31 days.",
  nothingKept: () => 'Nothing is kept of that time.',
  serverFromFile: () => 'This server comes from the configuration file: change it there.',
  hostFromFile: () => 'This host comes from the configuration file: change it there.',
  serverNameTaken: () => 'Another server has this name.',
  hostNameTaken: () => 'Another host has this name.',
  secretsUnavailable: () => 'Secrets cannot be stored on this system.',
  otherKey: () => 'The host shows another key by now: compare it again.',
  bundleReadOnly: () => 'This console shows a bundle: nothing in it can be changed.',
  bundleGone: () => 'This bundle is not here any more. Make it again.',
  notSignedIn: () => 'Sign in first: with "Authorization: Bearer <token>", or in a browser with the token.',
  wrongToken: () => 'This is not the token of this console.',
  tooManyTries: () => 'Too many wrong tokens came from this address. Try again in a few seconds.',
  foreignHost: () => 'The console is not known by this name. Use its IP address, or name it as publicUrl in the configuration.',
  foreignOrigin: () => 'This request comes from a page of another origin.',
  lengthMissing: () => 'Send the body with a Content-Length.',
  bodyTooLarge: () => 'The body is too large.',
  bodyUnreadable: () => "The body can't be read. Send it as JSON (application/json).",
  noSuchRoute: () => 'There is no such route; /api/openapi.json lists all.',
  noSuchSocket: () => 'There is no WebSocket here.',
  noSuchPage: () => 'There is no such page.',
  notBuilt: () => 'The console is not built: run "npm run build".',
  tooManyConsoles: () => 'Too many consoles are connected.',
  consoleFailed: () => 'The console failed to answer; its log says why.',
  notAllowed: ({ name, needs, has }) =>
    `This needs the permission "${needs}"; ${name} has ${has === null ? 'none' : `"${has}"`}. Ask whoever administers this console.`,
  notStored: (facts) => because[facts.because],
  notAccepted: (mistakes, more) => `Not accepted. ${mistakes}${more > 0 ? ` (and ${more} more)` : ''}`,
  hostNotAsked: (name) => `${name} is not watched now.`,
  toolUnusable: (problem) => `Not kept. ${problem}`,
}
