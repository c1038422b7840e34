import type { Rest } from '../catalogue.ts'
import type { CanaryWords } from './canaryWords.ts'

export const en: Rest<CanaryWords> = {
  what: {
    protocolOff: (_, by) => `${by} is switched off on this server, or its address is not known.`,
    sameDoor: (_, by) => `${by} of this server is at the address of another watched server as well, so it is not known whose it is.`,
    badAddress: (_, by) => `The address of ${by} is no address.`,
    credentialsUnfit: (_, by) => `User and password, or the token, are too long for ${by}, or have a colon in them.`,
    refused: (_, by) => `The server does not let this user publish the canary by ${by}.`,
    withheld: (_, by) =>
      `${by} of this server asks for a password. It is not sent: the address is of another host than the API, or would carry it in clear while the API is encrypted.`,
    notPublished: (_, by, because) => `The canary could not be published by ${by}. ${because}`,
  },
}
