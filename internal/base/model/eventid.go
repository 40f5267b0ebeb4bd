package model

import (
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// NewEventID makes the id of an event that is created at a time: a UUID of
// version 7 (RFC 9562, section 5.7), which begins with that time in
// milliseconds. So an id alone tells where in the order of time to look for its
// event, and no index of ids is needed.
func NewEventID(at time.Time, random io.Reader) (string, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return "", fmt.Errorf("draw the id of an event: %w", err)
	}
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id.String(), nil
}

// EventIDTime is the millisecond in which the event of an id was created; false
// for what NewEventID never makes.
func EventIDTime(id string) (time.Time, bool) {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 || u.String() != id {
		return time.Time{}, false
	}
	var ms int64
	for _, b := range u[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC(), true
}
