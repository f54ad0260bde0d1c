import { Figure } from '../../charts/Figure'
import { Stack } from '../../charts/Stack'
import type { CostPart } from '../../tokenomics/answers'
import { moneyText, percentText } from '../../tokenomics/numbers'
import { labelOf } from '../../tokenomics/words'

interface Props {
  title: string
  parts: CostPart[]
  idle: { per_year: number | null; share: number | null } | undefined
  currency: string
  previous: boolean
}

const HEAD = ['Part', 'Per year', 'Per million tokens', 'Share']

/** What the yearly cost is made of, and how much of it buys hours in which nothing runs. */
export function CostParts({ title, parts, idle, currency, previous }: Props) {
  const money = (value: number | null) => (value === null ? 'none' : `${currency} ${moneyText(value)}`)
  const share = (value: number | null) => (value === null ? 'none' : percentText(value))
  const shown = parts.map((it) => ({
    key: it.name,
    name: labelOf(it.name),
    share: it.share ?? 0,
    text: `${money(it.per_mtok)} per million tokens, ${share(it.share)}`,
  }))
  const rows = [
    ...parts.map((it) => ({
      key: it.name,
      cells: [labelOf(it.name), money(it.per_year), money(it.per_mtok), share(it.share)],
    })),
    ...(idle
      ? [{ key: 'idle', cells: ['Of it idle', money(idle.per_year), '', share(idle.share)], marked: true }]
      : []),
  ]
  const words = shown.filter((it) => it.share > 0).map((it) => `${it.name} ${percentText(it.share)}`)
  return (
    <Figure
      title={title}
      previous={previous}
      table={{ head: HEAD, rows }}
      sentence={
        idle &&
        idle.share !== null &&
        `${percentText(idle.share)} of it, ${money(idle.per_year)} a year, pays for hours in which nothing runs.`
      }
    >
      {(width) => <Stack label={`${title}: ${words.join(', ')}`} width={width} parts={shown} />}
    </Figure>
  )
}
