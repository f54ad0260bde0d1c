import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const SOURCE = 'src/app/first-paint.js'

/** A style sheet in the head lets nothing be drawn before it is here; one in the body what stands above it. */
function stylesAfterFirstLook(html: string): string {
  const styles = html.match(/\s*<link rel="stylesheet"[^>]*>/g) ?? []
  const rest = styles.reduce((text, style) => text.replace(style, ''), html)
  return rest.replace(/(\s*<noscript>)/, `${styles.join('')}$1`)
}

/**
 * Puts the theme script in front of everything else as a classic, blocking script of its own: a module would run after the
 * first paint, and an inline one is refused by the content security policy.
 */
export function firstPaint(): Plugin {
  let building = false
  let hashed = ''
  return {
    name: 'berth-first-paint',
    configResolved(config) {
      building = config.command === 'build'
    },
    buildStart() {
      if (!building) return
      const source = readFileSync(SOURCE, 'utf8')
      hashed = `assets/first-paint-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`
      this.emitFile({ type: 'asset', fileName: hashed, source })
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html) => ({
        html: stylesAfterFirstLook(html),
        tags: [{ tag: 'script', attrs: { src: building ? `/${hashed}` : `/${SOURCE}` }, injectTo: 'head-prepend' }],
      }),
    },
  }
}
