import { readFileSync } from 'node:fs'
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

function access(): { server: string; token: string } {
  const text = readFileSync(addresses().kubeconfig, 'utf8')
  const server = /server: *"?([^"\s]+)/.exec(text)?.[1]
  const token = /token: *"?([^"\s]+)/.exec(text)?.[1]
  if (!server || !token) throw new Error('the kubeconfig of the simulated cluster names no server or no token')
  return { server, token }
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const { server, token } = access()
  const answer = await fetch(server + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** Puts a fault into the simulated cluster; the returned function takes it out. */
export async function withFault(fault: Fault): Promise<() => Promise<unknown>> {
  const { id } = (await ask('POST', '/sim/faults', fault)) as { id: number }
  return () => ask('DELETE', `/sim/faults?id=${id}`)
}

export const clearFaults = (): Promise<unknown> => ask('DELETE', '/sim/faults')
