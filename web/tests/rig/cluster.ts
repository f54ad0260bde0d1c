import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { addresses } from './settings.ts'

/** A fault as /sim/faults takes it; see src/simcluster/fault.hpp. */
export interface Fault {
  kind: string
  ns?: string
  name?: string
  verb?: string
  resource?: string
  times?: number
  code?: number
  message?: string
}

/** The simulated cluster has an authority of its own, as real ones do. */
function access(): { server: string; token: string; authority: Buffer } {
  const text = readFileSync(addresses().kubeconfig, 'utf8')
  const named = (field: string) => new RegExp(`${field}: *"?([^"\\s]+)`).exec(text)?.[1]
  const [server, token, authority] = [named('server'), named('token'), named('certificate-authority-data')]
  if (!server || !token || !authority) {
    throw new Error('the kubeconfig of the simulated cluster names no server, no token or no authority')
  }
  return { server, token, authority: Buffer.from(authority, 'base64') }
}

function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const { server, token, authority } = access()
  return new Promise((resolve, reject) => {
    const sent = request(
      server + path,
      {
        method,
        ca: authority,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        timeout: 10_000,
      },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8')
          const code = answer.statusCode ?? 0
          if (code < 200 || code > 299) reject(new Error(`${method} ${path}: ${code} ${text}`))
          else resolve(JSON.parse(text))
        })
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)))
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Puts a fault into the simulated cluster; the returned function takes it out. */
export async function withFault(fault: Fault): Promise<() => Promise<unknown>> {
  const { id } = (await ask('POST', '/sim/faults', fault)) as { id: number }
  return () => ask('DELETE', `/sim/faults?id=${id}`)
}

export const clearFaults = (): Promise<unknown> => ask('DELETE', '/sim/faults')
