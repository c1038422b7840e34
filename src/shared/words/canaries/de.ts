import type { Rest } from '../catalogue.ts'
import type { CanaryWords } from './canaryWords.ts'

export const de: Rest<CanaryWords> = {
  what: {
    protocolOff: (_, by) => `${by} ist auf diesem Server abgeschaltet, oder seine Adresse ist nicht bekannt.`,
    sameDoor: (_, by) => `${by} dieses Servers liegt unter derselben Adresse wie das eines anderen überwachten Servers: Wem es gehört, ist nicht bekannt.`,
    badAddress: (_, by) => `Die Adresse für ${by} ist keine Adresse.`,
    credentialsUnfit: (_, by) => `Benutzer und Passwort oder das Token sind zu lang für ${by} oder enthalten einen Doppelpunkt.`,
    refused: (_, by) => `Der Server lässt diesen Benutzer den Canary nicht über ${by} veröffentlichen.`,
    withheld: (_, by) =>
      `${by} dieses Servers verlangt ein Passwort. Es wird nicht gesendet: Die Adresse gehört zu einem anderen Rechner als die API oder trüge es im Klartext, während die API verschlüsselt ist.`,
    notPublished: (_, by, because) => `Der Canary konnte nicht über ${by} veröffentlicht werden. ${because}`,
  },
}
