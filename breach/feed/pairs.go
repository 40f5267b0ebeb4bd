package feed

import (
	"bytes"

	"github.com/gatehouse-id/gatehouse/breach"
)

const (
	maxUser = 1024
	maxPair = 4096 // a line with its address of a web site
)

// pairParser turns each pair into two tags: of the pair and of its user.
type pairParser struct {
	tagger    *breach.Tagger
	candidate func(user, password []byte) error
	err       error // the first that candidate answered
}

func (p *pairParser) parse(to []record, line []byte, _ uint32) ([]record, Reason) {
	switch {
	case len(line) > maxPair:
		return to, TooLong
	case bytes.IndexByte(line, 0) >= 0:
		return to, BinaryJunk
	}
	user, password, ok := splitPair(line)
	if !ok {
		return to, NoPair
	}
	password, verdict := plain(password, maxPassword)
	if verdict != taken {
		return to, verdict
	}
	if user = breach.CanonicalUser(user); len(user) == 0 || len(user) > maxUser {
		return to, NoPair
	}
	if p.candidate != nil && p.err == nil {
		p.err = p.candidate(user, password)
	}
	pair, known := p.tagger.Pair(user, password), p.tagger.User(user)
	return append(to, recordOf(pair[:], 1), recordOf(known[:], 1)), taken
}

// splitPair finds user and password. A password may hold the separator; a user
// name may not, and neither may the address before it, but for its port.
func splitPair(line []byte) (user, password []byte, ok bool) {
	line = afterAddress(line)
	at := bytes.IndexAny(line, ":;")
	if at < 0 {
		return nil, nil, false
	}
	user, password = line[:at], line[at+1:]
	if line[at] == ':' && looksLikeHost(user) {
		// host:user@example.com:password
		if next := bytes.IndexByte(password, ':'); next > 0 && bytes.IndexByte(password[:next], '@') > 0 {
			user, password = password[:next], password[next+1:]
		}
	}
	return user, password, len(bytes.TrimSpace(user)) > 0 && len(password) > 0
}

// afterAddress passes scheme://host:port/path and the separator after it.
func afterAddress(line []byte) []byte {
	scheme := bytes.Index(line, []byte("://"))
	if scheme <= 0 || bytes.ContainsAny(line[:scheme], ":;@ ") {
		return line
	}
	rest := line[scheme+3:]
	end := bytes.IndexAny(rest, ":; ")
	if end < 0 {
		return line
	}
	if port := digitsAt(rest[end+1:]); rest[end] == ':' && port > 0 && end+1+port < len(rest) {
		after := end + 1 + port
		switch rest[after] {
		case '/':
			next := bytes.IndexAny(rest[after:], ":; ")
			if next < 0 {
				return line
			}
			end = after + next
		case ':':
			// host:443:user:password, and not host:12345:password of a numeric user.
			if bytes.IndexByte(rest[after+1:], ':') >= 0 {
				end = after
			}
		}
	}
	return rest[end+1:]
}

func digitsAt(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}

// looksLikeHost tells example.com/login from a user name.
func looksLikeHost(text []byte) bool {
	return bytes.IndexByte(text, '@') < 0 && (bytes.IndexByte(text, '.') > 0 || bytes.IndexByte(text, '/') > 0)
}
