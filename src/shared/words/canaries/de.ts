import type { CanaryWords } from './canaryWords.ts'

export const de: CanaryWords = {
  what: {
    protocolOff: (_, by) => `${by} ist auf diesem Server abgeschaltet, oder seine Adresse ist nicht bekannt.`,
    badAddress: (_, by) => `Die Adresse für ${by} ist keine Adresse.`,
    credentialsUnfit: (_, by) => `Benutzer und Passwort oder das Token sind zu lang für ${by} oder enthalten einen Doppelpunkt.`,
    refused: (_, by) => `Der Server lässt diesen Benutzer den Canary nicht über ${by} veröffentlichen.`,
    withheld: (_, by) =>
      `${by} dieses Servers verlangt ein Passwort. Es wird nicht gesendet: Die Adresse gehört zu einem anderen Rechner als die API oder trüge es im Klartext, während die API verschlüsselt ist.`,
    notPublished: (_, by, because) => `Der Canary konnte nicht über ${by} veröffentlicht werden. ${because}`,
  },
  todo: {
    protocolOff: () =>
      'Wählen Sie ein anderes Protokoll, schalten Sie es in mediamtx.yml ein, oder geben Sie seine Adresse in den Einstellungen des Servers ein.',
    badAddress: () => 'Berichtigen Sie sie in den Einstellungen des Servers.',
    credentialsUnfit: () => 'Wählen Sie ein anderes Protokoll, oder geben Sie der API ein kürzeres Passwort.',
    refused: () =>
      'Geben Sie ihm in mediamtx.yml für den Pfad des Canarys die Berechtigung "action: publish", und richten Sie einen Pfad dieses Namens oder all_others ein.',
    withheld: () => 'Wählen Sie ein anderes Protokoll, oder schalten Sie seine Verschlüsselung ein.',
    notPublished: () =>
      'Prüfen Sie, ob mediamtx.yml einen Pfad dieses Namens oder all_others ohne andere Quelle hat, ob der Benutzer dort veröffentlichen darf und ob der Port erreichbar ist.',
  },
}
