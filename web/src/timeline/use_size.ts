import { useLayoutEffect, useState, type RefObject } from 'react'

export interface Size {
  width: number
  scrollLeft: number
}

/** Width and sideways scroll of an element. Scrolling is told once a frame at most. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 1000, scrollLeft: 0 })
  useLayoutEffect(() => {
    const node = element.current
    if (!node) return
    let frame = 0
    const read = () => {
      frame = 0
      const next = { width: node.clientWidth, scrollLeft: node.scrollLeft }
      setSize((old) => (old.width === next.width && old.scrollLeft === next.scrollLeft ? old : next))
    }
    const soon = () => {
      frame ||= requestAnimationFrame(read)
    }
    read()
    const observer = new ResizeObserver(soon)
    observer.observe(node)
    node.addEventListener('scroll', soon, { passive: true })
    return () => {
      observer.disconnect()
      node.removeEventListener('scroll', soon)
      cancelAnimationFrame(frame)
    }
  }, [element])
  return size
}
