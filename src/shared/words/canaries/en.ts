import type { CanaryWords } from './canaryWords.ts'

export const en: CanaryWords = {
  what: {
    protocolOff: (_, by) => `${by} is switched off on this server, or its address is not known.`,
    badAddress: (_, by) => `The address of ${by} is no address.`,
    credentialsUnfit: (_, by) => `User and password, or the token, are too long for ${by}, or have a colon in them.`,
    refused: (_, by) => `The server does not let this user publish the canary by ${by}.`,
    withheld: (_, by) =>
      `${by} of this server asks for a password. It is not sent: the address is of another host than the API, or would carry it in clear while the API is encrypted.`,
    notPublished: (_, by, because) => `The canary could not be published by ${by}. ${because}`,
  },
  todo: {
    protocolOff: () => 'Choose another protocol, switch it on in mediamtx.yml, or enter its address in the settings of the server.',
    badAddress: () => 'Correct it in the settings of the server.',
    credentialsUnfit: () => 'Choose another protocol, or give the API a shorter password.',
    refused: () => 'Give it the permission "action: publish" for the path of the canary in mediamtx.yml, and a path of this name or all_others.',
    withheld: () => 'Choose another protocol, or switch on its encryption.',
    notPublished: () =>
      'Check that mediamtx.yml has a path of this name or all_others without another source, that the user may publish there, and that the port can be reached.',
  },
}
