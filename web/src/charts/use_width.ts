import { useLayoutEffect, useState, type RefObject } from 'react'

/** Until the element is measured; nothing of it is painted before. */
const FIRST_PX = 600

/** Width of an element in CSS pixels, so that a chart is drawn in them and its text keeps its size. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(FIRST_PX)
  useLayoutEffect(() => {
    const node = element.current
    if (!node) return
    const read = () => setWidth(node.clientWidth)
    read()
    const observer = new ResizeObserver(read)
    observer.observe(node)
    return () => observer.disconnect()
  }, [element])
  return width
}
