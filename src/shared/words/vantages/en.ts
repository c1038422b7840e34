import type { VantageWords } from './vantageWords.ts'

export const en: VantageWords = {
  what: {
    tokenRefused: () => 'It refuses the token.',
    notMtxdeck: ({ status }) => `What answers there (status ${status}) is no mtxdeck that says what it sees.`,
    unreadable: () => 'Its answer can’t be read.',
    sameAnswer: () => 'It gives the same answer again and again.',
    secretUnreadable: () => 'Its token can’t be decrypted.',
    itself: () => 'This is the address of this console.',
  },
  todo: {
    tokenRefused: () => 'Enter its sign-in token, or that of its probesTokenFile. It is tried again every five minutes.',
    notMtxdeck: () => 'Check address and port (8787 unless set otherwise); an older mtxdeck is to be upgraded.',
    unreadable: () => 'Upgrade the older one of the two consoles.',
    sameAnswer: () => 'Look for a proxy between the two consoles that keeps answers: it has to pass each request on.',
    secretUnreadable: () => 'Enter the token again.',
    itself: () => 'A second vantage is an mtxdeck at another place.',
  },
  reach: 'Check its address and port, that it runs, that it listens beyond its own machine (listen), and the network between.',
}
