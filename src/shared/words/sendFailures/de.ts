import { isPassing } from '../../sendFailures.ts'
import type { Rest } from '../catalogue.ts'
import type { SendFailureWords } from './sendFailureWords.ts'

export const de: Rest<SendFailureWords> = {
  certificate: ({ problem, code }) =>
    ({
      expired: `Das Zertifikat des Kanals ist abgelaufen (${code}). Lassen Sie es erneuern; bis dahin warten die Meldungen.`,
      otherName: `Das Zertifikat des Kanals gilt für einen anderen Namen als den seiner URL (${code}). Berichtigen Sie die URL oder das Zertifikat; bis dahin warten die Meldungen.`,
      untrusted: `Dem Zertifikat des Kanals wird hier nicht vertraut (${code}). Lassen Sie diesen Rechner seinem Aussteller vertrauen; bis dahin warten die Meldungen.`,
    })[problem],
  status: ({ status }) =>
    isPassing(status)
      ? `Der Kanal hat mit Status ${status} geantwortet. Die Meldung wird noch einmal gesendet.`
      : `Der Kanal hat die Meldung abgelehnt (Status ${status}). Prüfen Sie seine URL und sein Token.`,
  answer: ({ said, isPassing }) =>
    isPassing ? `Der Kanal hat geantwortet: ${said}. Die Meldung wird noch einmal gesendet.` : `Der Kanal hat die Meldung abgelehnt: ${said}.`,
}
