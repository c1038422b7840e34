import type { PlanSource } from '../planner.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** How the planner explains its figures in one language; figures come written. */
interface PlanWords {
  readonly mbit: string
  readonly megabyte: string
  readonly gigabyte: string
  readonly range: (from: string, to: string) => string
  readonly and: string
  readonly streams: (count: number) => string
  readonly readers: (count: number) => string
  readonly guideFor: (streams: string) => string
  readonly received: (traffic: string) => string
  readonly sent: (traffic: string) => string
  readonly leastOne: string
  /** `others`: of those beside the machines that encode. */
  readonly system: (memory: string, others: boolean) => string
  /** A second's worth of a bit rate. */
  readonly second: (bitrate: string) => string
  readonly link: (fullest: string, share: string, link: string) => string
  readonly encoding: (guide: string) => string
  readonly notEncoded: string
  /** `encoded`: null where nothing is. */
  readonly machines: (traffic: string, cores: string, encoded: string | null) => string
  readonly sources: Readonly<Record<PlanSource, string>>
}

const [en, de, zh, ru, ko] = [sayIn('en'), sayIn('de'), sayIn('zh'), sayIn('ru'), sayIn('ko')] as const

export const planWords: Readonly<Record<Language, PlanWords>> = {
  en: {
    mbit: 'Mbit/s',
    megabyte: 'MB',
    gigabyte: 'GB',
    range: (from, to) => `${from} to ${to}`,
    and: ' and ',
    streams: (count) => en.count(count, { one: 'stream', other: 'streams' }),
    readers: (count) => en.count(count, { one: 'reader', other: 'readers' }),
    guideFor: (streams) => `guide for ${streams}`,
    received: (traffic) => `${traffic} in`,
    sent: (traffic) => `${traffic} out`,
    leastOne: 'at least 1 a machine',
    system: (memory, others) => `${memory} of the system of each ${others ? 'other ' : ''}machine`,
    second: (bitrate) => `a second of ${bitrate}`,
    link: (fullest, share, link) => `${fullest} in the fuller direction / ${share} fits into ${link}`,
    encoding: (guide) =>
      `${guide}: on one machine, from 13 on consider one, from 17 on it is recommended, from 25 on needed; it takes 50 to 70 % of the load off the CPU`,
    notEncoded: 'What is passed on as it comes is not encoded',
    machines: (traffic, cores, encoded) =>
      `the largest of ${traffic}, cores to pass on ${cores}${encoded === null ? '' : ` and ${encoded} that are encoded on one machine`}, rounded up`,
    sources: {
      guide:
        'Sizing guide of a MediaServer project for RTSP to WebRTC with encoding, 1 to 40 streams a machine (January 2026). It names no bitrate: it is of usual cameras.',
      measured:
        'MediaMTX 1.20.1 on an AMD EPYC core of 2.6 GHz, streams of 5 Mbit/s: 6 publishers by RTSP over TCP took 0.136 % of a core a Mbit/s; 24 readers by RTSP over TCP 0.079 %, 12 by SRT 0.29 % a Mbit/s; 46 MB of memory without readers, 0.12 MB more a reader by RTSP, 1.6 MB by SRT.',
      arithmetic: 'Arithmetic on what was entered.',
    },
  },
  de: {
    mbit: 'Mbit/s',
    megabyte: 'MB',
    gigabyte: 'GB',
    range: (from, to) => `${from} bis ${to}`,
    and: ' und ',
    streams: (count) => de.count(count, { one: 'Stream', other: 'Streams' }),
    readers: (count) => de.count(count, { one: 'Leser', other: 'Leser' }),
    guideFor: (streams) => `Richtwert für ${streams}`,
    received: (traffic) => `${traffic} ein`,
    sent: (traffic) => `${traffic} aus`,
    leastOne: 'mindestens 1 je Rechner',
    system: (memory, others) => `${memory} für das System jedes ${others ? 'weiteren ' : ''}Rechners`,
    second: (bitrate) => `eine Sekunde von ${bitrate}`,
    link: (fullest, share, link) => `${fullest} in der volleren Richtung / ${share} passt in ${link}`,
    encoding: (guide) => `${guide}: Auf einem Rechner ist ab 13 eine GPU zu erwägen, ab 17 empfohlen, ab 25 nötig; sie nimmt der CPU 50 bis 70 % der Last ab`,
    notEncoded: 'Was unverändert weitergegeben wird, wird nicht kodiert',
    machines: (traffic, cores, encoded) =>
      `das Größte von ${traffic}, Kerne zum Weitergeben ${cores}${encoded === null ? '' : ` und ${encoded}, die auf einem Rechner kodiert werden`}, aufgerundet`,
    sources: {
      guide:
        'Richtwerte eines MediaServer-Projekts für RTSP nach WebRTC mit Kodierung, 1 bis 40 Streams je Rechner (Januar 2026). Sie nennen keine Bitrate: Gemeint sind übliche Kameras.',
      measured:
        'MediaMTX 1.20.1 auf einem Kern eines AMD EPYC mit 2,6 GHz, Streams mit 5 Mbit/s: 6 Sender per RTSP über TCP brauchten 0,136 % eines Kerns je Mbit/s, 24 Leser per RTSP über TCP 0,079 %, 12 per SRT 0,29 % je Mbit/s; 46 MB Speicher ohne Leser, je Leser 0,12 MB mehr per RTSP, 1,6 MB per SRT.',
      arithmetic: 'Gerechnet aus den Eingaben.',
    },
  },
  zh: {
    mbit: 'Mbit/s',
    megabyte: 'MB',
    gigabyte: 'GB',
    range: (from, to) => `${from} 至 ${to}`,
    and: ' 加 ',
    streams: (count) => `${zh.number(count)} 个流`,
    readers: (count) => `${zh.number(count)} 个读取端`,
    guideFor: (streams) => `${streams} 的参考值`,
    received: (traffic) => `接收 ${traffic}`,
    sent: (traffic) => `发送 ${traffic}`,
    leastOne: '每台机器至少 1 个',
    system: (memory, others) => `${memory}（每台${others ? '其他' : ''}机器的系统）`,
    second: (bitrate) => `${bitrate} 的一秒数据`,
    link: (fullest, share, link) => `流量较大方向的 ${fullest} / ${share}，${link} 可容纳`,
    encoding: (guide) => `${guide}：单台机器上从 13 个起可考虑，从 17 个起推荐，从 25 个起必需；可减轻 CPU 50 至 70 % 的负载`,
    notEncoded: '原样转发的流不需要编码',
    machines: (traffic, cores, encoded) => `取 ${traffic}、转发所需核心 ${cores}${encoded === null ? '' : `、单台机器编码的 ${encoded}`} 中的最大值，向上取整`,
    sources: {
      guide: '某 MediaServer 项目的 RTSP 转 WebRTC（含编码）选型参考，每台机器 1 至 40 个流（2026 年 1 月）。未注明码率：按普通摄像机计。',
      measured:
        'MediaMTX 1.20.1，2.6 GHz 的 AMD EPYC 单核，每个流 5 Mbit/s：6 个推流端（RTSP，TCP）每 Mbit/s 占一个核心的 0.136 %；24 个读取端（RTSP，TCP）0.079 %，12 个读取端（SRT）0.29 %；无读取端时内存 46 MB，每个读取端 RTSP 增加 0.12 MB，SRT 增加 1.6 MB。',
      arithmetic: '根据输入计算。',
    },
  },
  ru: {
    mbit: 'Мбит/с',
    megabyte: 'МБ',
    gigabyte: 'ГБ',
    range: (from, to) => `${from}–${to}`,
    and: ' и ',
    streams: (count) => ru.count(count, { one: 'поток', few: 'потока', many: 'потоков', other: 'потока' }),
    readers: (count) => ru.count(count, { one: 'читатель', few: 'читателя', many: 'читателей', other: 'читателя' }),
    guideFor: (streams) => `ориентир: ${streams}`,
    received: (traffic) => `приём ${traffic}`,
    sent: (traffic) => `отдача ${traffic}`,
    leastOne: 'не меньше 1 на машину',
    system: (memory, others) => `${memory} на систему каждой ${others ? 'прочей ' : ''}машины`,
    second: (bitrate) => `секунда ${bitrate}`,
    link: (fullest, share, link) => `${fullest} в более загруженном направлении / ${share} помещается в ${link}`,
    encoding: (guide) => `${guide}: на одной машине с 13 стоит подумать, с 17 рекомендуется, с 25 нужен; снимает с ЦП от 50 до 70 % нагрузки`,
    notEncoded: 'То, что передаётся без изменений, не кодируется',
    machines: (traffic, cores, encoded) =>
      `наибольшее из: ${traffic}; ядра на передачу ${cores}${encoded === null ? '' : `; кодирование на одной машине ${encoded}`}; с округлением вверх`,
    sources: {
      guide:
        'Ориентиры одного проекта MediaServer для RTSP в WebRTC с кодированием, от 1 до 40 потоков на машину (январь 2026). Битрейт не указан: речь об обычных камерах.',
      measured:
        'MediaMTX 1.20.1 на ядре AMD EPYC 2,6 ГГц, потоки по 5 Мбит/с: 6 источников по RTSP через TCP занимали 0,136 % ядра на Мбит/с; 24 читателя по RTSP через TCP 0,079 %, 12 по SRT 0,29 % на Мбит/с; 46 МБ памяти без читателей, на читателя ещё 0,12 МБ по RTSP, 1,6 МБ по SRT.',
      arithmetic: 'Расчёт по введённым данным.',
    },
  },
  ko: {
    mbit: 'Mbit/s',
    megabyte: 'MB',
    gigabyte: 'GB',
    range: (from, to) => `${from}~${to}`,
    and: ' + ',
    streams: (count) => `스트림 ${ko.number(count)}개`,
    readers: (count) => `수신자 ${ko.number(count)}명`,
    guideFor: (streams) => `기준값: ${streams}`,
    received: (traffic) => `수신 ${traffic}`,
    sent: (traffic) => `송신 ${traffic}`,
    leastOne: '컴퓨터당 최소 1',
    system: (memory, others) => `${memory}(${others ? '나머지 ' : ''}컴퓨터별 시스템)`,
    second: (bitrate) => `${bitrate} 1초분`,
    link: (fullest, share, link) => `더 많은 방향 ${fullest} / ${share} → ${link}에 수용`,
    encoding: (guide) => `${guide}. 컴퓨터 한 대에서 13개부터 고려, 17개부터 권장, 25개부터 필수. CPU 부하의 50~70 %를 덜어 줍니다`,
    notEncoded: '그대로 전달하는 것은 인코딩하지 않습니다',
    machines: (traffic, cores, encoded) =>
      `다음 중 가장 큰 값을 올림: ${traffic}, 전달용 코어 ${cores}${encoded === null ? '' : `, 컴퓨터 한 대의 인코딩 ${encoded}`}`,
    sources: {
      guide: '어느 MediaServer 프로젝트의 RTSP→WebRTC(인코딩 포함) 산정 기준, 컴퓨터당 스트림 1~40개(2026년 1월). 비트레이트 언급 없음: 일반 카메라 기준.',
      measured:
        'MediaMTX 1.20.1, 2.6 GHz AMD EPYC 코어 하나, 5 Mbit/s 스트림: RTSP(TCP) 송출자 6명은 Mbit/s당 코어의 0.136 %, RTSP(TCP) 수신자 24명은 0.079 %, SRT 수신자 12명은 0.29 %. 수신자가 없을 때 메모리 46 MB, 수신자당 RTSP 0.12 MB, SRT 1.6 MB 추가.',
      arithmetic: '입력값으로 계산.',
    },
  },
}
