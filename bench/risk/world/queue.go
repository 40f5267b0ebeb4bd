package world

// due is something that happens at a moment: an event to hand out, or an actor to wake.
type due struct {
	at    int64 // milliseconds since 1970
	seq   uint64
	event *Event
	wake  func(at int64)
}

// queue is a binary heap of what is due. Equal moments keep the order in which
// they were added, or the stream would not be the same from run to run.
type queue struct {
	heap []due
	seq  uint64
}

func (q *queue) push(d due) {
	q.seq++
	d.seq = q.seq
	q.heap = append(q.heap, d)
	for i := len(q.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.heap[i].before(q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *queue) pop() due {
	top := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap[last] = due{}
	q.heap = q.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && q.heap[child+1].before(q.heap[child]) {
			child++
		}
		if !q.heap[child].before(q.heap[i]) {
			return top
		}
		q.heap[i], q.heap[child] = q.heap[child], q.heap[i]
		i = child
	}
}

func (d due) before(e due) bool {
	if d.at != e.at {
		return d.at < e.at
	}
	return d.seq < e.seq
}
