import type { CameraImportInput, ImportedCameras, ImportedRow, ImportField, ImportMistake } from '../../shared/cameras.ts'

export interface Sheet {
  readonly name: string
  /** The headings, each once. */
  readonly headings: readonly string[]
  readonly rows: CameraImportInput['rows']
  /** Of each row, its number in the sheet, as spreadsheets count. */
  readonly lines: readonly number[]
}

/** The first row with something in it is the head. Columns without a heading, and empty rows, are left out. */
export function sheetOf(name: string, cells: readonly (readonly string[])[]): Sheet | null {
  const isFilled = (row: readonly string[]) => row.some((cell) => cell.trim() !== '')
  const headAt = cells.findIndex(isFilled)
  const head = cells[headAt]
  if (head === undefined) return null
  const headings = head.map((text) => text.trim().slice(0, 200))
  const isFirst = headings.map((text, at) => text !== '' && headings.indexOf(text) === at)
  const filled = cells.flatMap((row, at) => (at > headAt && isFilled(row) ? [{ row, line: at + 1 }] : []))
  return {
    name,
    headings: headings.filter((_, at) => isFirst[at]),
    rows: filled.map(({ row }) => Object.fromEntries(headings.flatMap((text, at) => (isFirst[at] ? [[text, (row[at] ?? '').trim()]] : [])))),
    lines: filled.map(({ line }) => line),
  }
}

const otherNames: Partial<Readonly<Record<ImportField, string>>> = {
  id: 'kameraid cameraid',
  name: 'kamera kameraname bezeichnung camera cameraname 名称 摄像机 摄像头 имя название камера 이름 카메라',
  project: 'projekt site standort 项目 проект 프로젝트',
  place: 'ort location platz 位置 地点 место 위치 장소',
  owner: 'besitzer verantwortlich 所有者 负责人 владелец 소유자',
  group: 'gruppe 组 группа 그룹',
  importance: 'wichtigkeit priority prioritaet priorität 重要性 важность 중요도',
  notes: 'notizen notiz bemerkung note remark comment 备注 примечание заметки 메모 비고',
  telephone: 'telefon phone tel 电话 телефон 전화 전화번호',
  tags: 'tag schlagworte 标签 теги метки 태그',
  expected: 'erwartet 预期 ожидается 예상',
  server: 'mediaserver mediamtx 服务器 сервер 서버',
  path: 'pfad stream 路径 путь 경로',
  subPath: 'substreampfad substreampath',
  address: 'url rtsp rtspurl streamurl adresse streamadresse 流地址 地址 адрес адреспотока 주소 스트림주소',
  subAddress: 'substream suburl subadresse 子码流 субпоток 서브스트림',
  make: 'hersteller brand vendor manufacturer fabrikat 厂商 品牌 производитель 제조사',
  ip: 'ipaddress ipadresse host hostname ip地址 ipадрес ip주소',
  user: 'username login benutzer benutzername anmeldename 用户 用户名 пользователь логин 사용자 사용자이름',
  password: 'pass passwort kennwort 密码 пароль 비밀번호 암호',
  channel: 'kanal 通道 канал 채널',
}
const plain = (text: string) => text.toLowerCase().replace(/[\s_.-]/g, '')

/** Guesses what each column is by its heading. A field is taken by the first column that may be it. */
export function guessMapping(headings: readonly string[], fields: readonly ImportField[]): Readonly<Record<string, ImportField>> {
  const byHeading = new Map(fields.flatMap((field) => [field, ...(otherNames[field]?.split(' ') ?? [])].map((name) => [plain(name), field] as const)))
  const taken = new Set<ImportField>()
  return Object.fromEntries(
    headings.flatMap((heading) => {
      const field = byHeading.get(plain(heading))
      if (field === undefined || taken.has(field)) return []
      taken.add(field)
      return [[heading, field]]
    }),
  )
}

export interface PreviewRow extends ImportedRow {
  readonly line: number
  readonly mistakes: readonly ImportMistake[]
}
const order: Readonly<Record<ImportedRow['outcome'], number>> = { mistake: 0, duplicate: 1, changed: 2, added: 3, same: 4 }
/** Rows with mistakes come first, then what is left out, then what is changed and added. */
export function previewRows({ rows, mistakes }: Pick<ImportedCameras, 'rows' | 'mistakes'>, { lines }: Pick<Sheet, 'lines'>): readonly PreviewRow[] {
  const lineOf = (row: number) => lines[row - 1] ?? row
  const ofRow = new Map<number, ImportMistake[]>()
  for (const mistake of mistakes) ofRow.set(mistake.row, [...(ofRow.get(mistake.row) ?? []), mistake])
  return rows
    .map((row) => ({ ...row, line: lineOf(row.row), ofRow: row.ofRow === null ? null : lineOf(row.ofRow), mistakes: ofRow.get(row.row) ?? [] }))
    .sort((a, b) => order[a.outcome] - order[b.outcome] || a.row - b.row)
}
