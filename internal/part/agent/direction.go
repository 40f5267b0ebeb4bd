package agent

// Direction is how the version of a browser or app has changed since it was
// last seen.
type Direction uint8

// The directions. Browsers update themselves, so Same and Forward are what a
// user's own agent does; Backward is the strongest sign that an agent tells
// against a person.
const (
	Unsure        Direction = iota // a version or a family is missing
	Same                           // the same major version
	Forward                        // a newer one
	Backward                       // an older one
	FamilyChanged                  // another family, or the same on another system
)

// String is the direction in lower case, as in "family changed".
func (d Direction) String() string {
	switch d {
	case Same:
		return "same"
	case Forward:
		return "forward"
	case Backward:
		return "backward"
	case FamilyChanged:
		return "family changed"
	}
	return "unknown"
}

// Compare tells how the agent has changed from before to now. Versions are
// compared within one family on one system: Chrome 126 on a telephone is no
// downgrade of Chrome 127 on a desktop, it is another device. Versions of the
// system do not count, for browsers freeze them.
func Compare(before, now Agent) Direction {
	if before.Family == "" || now.Family == "" {
		return Unsure
	}
	if before.Family != now.Family || before.OS != now.OS {
		return FamilyChanged
	}
	return CompareMajor(before.Major, now.Major)
}

// CompareMajor is Compare for a caller who keeps the last major version of
// each family on each system. 0 is a version that is not known.
func CompareMajor(before, now uint16) Direction {
	switch {
	case before == 0 || now == 0:
		return Unsure
	case now == before:
		return Same
	case now > before:
		return Forward
	}
	return Backward
}
