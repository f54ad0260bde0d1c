import { inflateSync } from 'node:zlib'

/** What lies on one sheet: its words in the order in which they were drawn, and those that begin beside it. */
export interface Sheet {
  text: string
  outside: string[]
}

interface Place {
  x: number
  y: number
  left: number
  top: number
}

/** Bytes as text, one character each. */
const plain = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

function streamOf(body: string): string {
  const found = /stream\r?\n([\s\S]*?)\r?\nendstream/.exec(body)
  if (!found?.[1]) return ''
  const raw = Buffer.from(found[1], 'latin1')
  return body.includes('/FlateDecode') ? plain(inflateSync(raw)) : plain(raw)
}

const fromHex = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le')

/** What each code of a font stands for, by the table that browsers put beside it so that text can be copied. */
function tableOf(cmap: string): { digits: number; of: Map<string, string> } {
  const of = new Map<string, string>()
  const digits = /begincodespacerange\s*<([0-9A-Fa-f]+)>/.exec(cmap)?.[1]?.length ?? 4
  const name = (code: number) => code.toString(16).toUpperCase().padStart(digits, '0')
  for (const [, block = ''] of cmap.matchAll(/beginbfchar([\s\S]*?)endbfchar/g)) {
    for (const [, code = '', text = ''] of block.matchAll(/<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g))
      of.set(name(parseInt(code, 16)), fromHex(text))
  }
  for (const [, block = ''] of cmap.matchAll(/beginbfrange([\s\S]*?)endbfrange/g)) {
    for (const [, first = '', last = '', text = ''] of block.matchAll(
      /<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>/g,
    )) {
      const from = parseInt(first, 16)
      for (let code = from; code <= parseInt(last, 16); code += 1)
        of.set(name(code), String.fromCharCode(parseInt(text, 16) + code - from))
    }
  }
  return { digits, of }
}

/** The sheets of a PDF as Chromium writes it; no reader of PDFs by others. */
export function sheetsOf(pdf: Uint8Array): Sheet[] {
  const objects = new Map<string, string>()
  for (const [, id = '', body = ''] of plain(pdf).matchAll(/(?:^|\n)(\d+) 0 obj\n?([\s\S]*?)\nendobj/g))
    objects.set(id, body)
  const at = (body: string, key: string) => objects.get(new RegExp(`/${key} (\\d+) 0 R`).exec(body)?.[1] ?? '') ?? ''
  const fonts = new Map<string, ReturnType<typeof tableOf>>()
  const fontOf = (page: string, name: string) => {
    const id = new RegExp(`/${name} (\\d+) 0 R`).exec(page)?.[1] ?? ''
    const known = fonts.get(id) ?? tableOf(streamOf(at(objects.get(id) ?? '', 'ToUnicode')))
    fonts.set(id, known)
    return known
  }
  return [...objects.values()]
    .filter((body) => /\/Type \/Page\b(?!s)/.test(body))
    .map((page) => {
      const [, width = 0, height = 0] = /\/MediaBox \[\S+ \S+ (\S+) (\S+)\]/.exec(page)?.map(Number) ?? []
      let font = tableOf('')
      const words: string[] = []
      const outside: string[] = []
      // Chromium only moves and scales: the first, fourth, fifth and sixth number of a matrix.
      let now: Place = { x: 1, y: 1, left: 0, top: 0 }
      const before: Place[] = []
      let [word, left, top] = ['', 0, 0]
      const known = /\/(F\d+) \S+ Tf|<([0-9A-Fa-f]*)> Tj|\bET\b|\bq\b|\bQ\b|((?:-?[\d.]+ ){6})(cm|Tm)\b/g
      for (const [all, name, shown, numbers, matrix] of streamOf(at(page, 'Contents')).matchAll(known)) {
        if (numbers) {
          const [a = 1, , , d = 1, e = 0, f = 0] = numbers.trim().split(' ').map(Number)
          const [x, y] = [now.left + e * now.x, now.top + f * now.y]
          if (matrix === 'cm') now = { x: a * now.x, y: d * now.y, left: x, top: y }
          else [left, top] = [x, y]
        } else if (all === 'q') before.push(now)
        else if (all === 'Q') now = before.pop() ?? now
        else if (all === 'ET') {
          if (word.trim() && (left < 0 || left > width || top < 0 || top > height)) outside.push(word)
          words.push(word)
          word = ''
        } else if (name) font = fontOf(page, name)
        else
          for (const code of shown?.match(new RegExp(`.{${font.digits}}`, 'g')) ?? [])
            word += font.of.get(code.toUpperCase()) ?? '\uFFFD'
      }
      return { text: words.join(' ').replace(/\s+/g, ' ').trim(), outside }
    })
}
