import type { Language } from './languages.ts'
import { type Say, sayIn } from './say.ts'

/** What `mtxdeck once` prints beside names, states and figures. Titles of columns are the words of its JSON in every language. */
interface OnceWords {
  readonly noServers: string
  readonly streams: (count: number) => string
  readonly noAnswer: string
  readonly host: string
  readonly notRead: string
  readonly load: string
  readonly memory: (percent: string, total: string) => string
  readonly up: (time: string) => string
  readonly ofCore: (percent: string, memory: string) => string
  readonly disk: (used: string, free: string) => string
  readonly network: (received: string, sent: string) => string
}

const words = (language: Language, make: (say: Say) => OnceWords): OnceWords => make(sayIn(language))

export const onceWords: Readonly<Record<Language, OnceWords>> = {
  en: words('en', (say) => ({
    noServers: 'No servers are named: give them in the configuration (--config FILE) or in MTXDECK_SERVERS.',
    streams: (count) => say.count(count, { one: 'stream', other: 'streams' }),
    noAnswer: 'DOES NOT ANSWER',
    host: 'host',
    notRead: 'CAN NOT BE READ',
    load: 'load',
    memory: (percent, total) => `memory ${percent} of ${total}`,
    up: (time) => `up ${time}`,
    ofCore: (percent, memory) => `mediamtx ${percent} of a core, ${memory}`,
    disk: (used, free) => `${used} used, ${free} free`,
    network: (received, sent) => `${received} in, ${sent} out`,
  })),
  de: words('de', (say) => ({
    noServers: 'Kein Server ist genannt: Nennen Sie sie in der Konfiguration (--config DATEI) oder in MTXDECK_SERVERS.',
    streams: (count) => say.count(count, { one: 'Stream', other: 'Streams' }),
    noAnswer: 'ANTWORTET NICHT',
    host: 'Rechner',
    notRead: 'NICHT LESBAR',
    load: 'Last',
    memory: (percent, total) => `Speicher ${percent} von ${total}`,
    up: (time) => `an seit ${time}`,
    ofCore: (percent, memory) => `mediamtx ${percent} eines Kerns, ${memory}`,
    disk: (used, free) => `${used} belegt, ${free} frei`,
    network: (received, sent) => `${received} ein, ${sent} aus`,
  })),
  zh: words('zh', (say) => ({
    noServers: '未指定服务器：请在配置（--config 文件）或 MTXDECK_SERVERS 中指定。',
    streams: (count) => `${say.number(count)} 个流`,
    noAnswer: '没有应答',
    host: '主机',
    notRead: '无法读取',
    load: '负载',
    memory: (percent, total) => `内存 ${percent}，共 ${total}`,
    up: (time) => `已运行 ${time}`,
    ofCore: (percent, memory) => `mediamtx 占一个核心的 ${percent}，${memory}`,
    disk: (used, free) => `已用 ${used}，剩余 ${free}`,
    network: (received, sent) => `接收 ${received}，发送 ${sent}`,
  })),
  ru: words('ru', (say) => ({
    noServers: 'Серверы не указаны: задайте их в конфигурации (--config ФАЙЛ) или в MTXDECK_SERVERS.',
    streams: (count) => say.count(count, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' }),
    noAnswer: 'НЕ ОТВЕЧАЕТ',
    host: 'машина',
    notRead: 'НЕ ЧИТАЕТСЯ',
    load: 'нагрузка',
    memory: (percent, total) => `память ${percent} из ${total}`,
    up: (time) => `работает ${time}`,
    ofCore: (percent, memory) => `mediamtx ${percent} одного ядра, ${memory}`,
    disk: (used, free) => `занято ${used}, свободно ${free}`,
    network: (received, sent) => `приём ${received}, отдача ${sent}`,
  })),
  ko: words('ko', (say) => ({
    noServers: '지정된 서버가 없습니다. 설정(--config 파일)이나 MTXDECK_SERVERS에 지정하세요.',
    streams: (count) => `스트림 ${say.number(count)}개`,
    noAnswer: '응답 없음',
    host: '호스트',
    notRead: '읽을 수 없음',
    load: '부하',
    memory: (percent, total) => `메모리 ${total} 중 ${percent}`,
    up: (time) => `가동 ${time}`,
    ofCore: (percent, memory) => `mediamtx 코어 하나의 ${percent}, ${memory}`,
    disk: (used, free) => `사용 ${used}, 여유 ${free}`,
    network: (received, sent) => `수신 ${received}, 송신 ${sent}`,
  })),
}
