package password

import (
	"encoding/base64"
	"strconv"
	"strings"
)

var (
	unpadded = base64.RawStdEncoding.Strict()
	padded   = base64.StdEncoding.Strict()
)

// parseForeign reads a hash of another system, and refuses what would cost too much.
func parseForeign(text string) (foreign, error) {
	if len(text) > maxForeign {
		return nil, errForeign
	}
	fields := strings.Split(text, "$")
	switch {
	case len(fields) == 6 && fields[0] == "argon2": // Django's
		return parseArgon(text[len("argon2"):], fields[1])
	case len(fields) == 4 && strings.HasPrefix(fields[0], "pbkdf2_"):
		return parseDjango(fields)
	case len(fields) < 4 || fields[0] != "":
		return nil, errForeign
	}
	switch kind := fields[1]; kind {
	case "2a", "2b", "2y":
		return parseBcrypt(text)
	case "scrypt":
		return parseScrypt(fields)
	case "fbscrypt":
		return parseFirebase(fields)
	case "pbkdf2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512":
		return parsePBKDF2(fields)
	case "argon2id", "argon2i":
		return parseArgon(text, kind)
	}
	return nil, errForeign
}

// bcryptTail is the length of salt and hash in bcrypt's own base64.
const bcryptTail = 22 + 31

func parseBcrypt(text string) (foreign, error) {
	if len(text) != 7+bcryptTail || text[6] != '$' {
		return nil, errForeign
	}
	cost, err := number(text[4:6], maxBcryptCost)
	if err != nil && text[4] == '0' { // always two digits
		cost, err = number(text[5:6], maxBcryptCost)
	}
	if err != nil || cost < minBcryptCost {
		return nil, errForeign
	}
	const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	if strings.Trim(text[7:], alphabet) != "" {
		return nil, errForeign
	}
	return bcryptHash(text), nil
}

func parseScrypt(fields []string) (foreign, error) {
	if len(fields) != 5 {
		return nil, errForeign
	}
	n, err := numbers(fields[2], "ln", "r", "p")
	if err != nil {
		return nil, err
	}
	s := scryptHash{ln: n[0], r: n[1], p: n[2]}
	if s.salt, s.key, err = decode(unpadded, fields[3], fields[4]); err != nil {
		return nil, err
	}
	return s, s.check()
}

// parseFirebase reads the form in which servers that took users over from Firebase
// write its hashes: the parameters of the project stand in each.
func parseFirebase(fields []string) (foreign, error) {
	if len(fields) != 5 {
		return nil, errForeign
	}
	costs, keys, ok := strings.Cut(fields[2], ",ss=")
	separator, signer, ok2 := strings.Cut(keys, ",sk=")
	if !ok || !ok2 {
		return nil, errForeign
	}
	n, err := numbers(costs, "v", "n", "r", "p")
	if err != nil || n[0] != 1 {
		return nil, errForeign
	}
	f := firebaseHash{scryptHash: scryptHash{ln: n[1], r: n[2], p: n[3]}}
	var tail []byte
	if tail, f.secret, err = decode(padded, separator, signer); err != nil {
		return nil, err
	}
	if f.salt, f.key, err = decode(padded, fields[3], fields[4]); err != nil {
		return nil, err
	}
	// The key is encrypted as it is, so that the hash is as long; some have their
	// signer key cut to a shorter one.
	if len(tail) > maxSalt-len(f.salt) || len(f.secret) != len(f.key) {
		return nil, errForeign
	}
	f.salt = append(f.salt, tail...)
	return f, f.check()
}

// parsePBKDF2 reads the PHC form and passlib's, which has the bare number of
// iterations and a base64 with a dot for the plus.
func parsePBKDF2(fields []string) (foreign, error) {
	if len(fields) != 5 {
		return nil, errForeign
	}
	p := pbkdf2Hash{digest: strings.TrimPrefix(strings.TrimPrefix(fields[1], "pbkdf2"), "-")}
	if p.digest == "" {
		p.digest = "sha1"
	}
	salt, key := fields[3], fields[4]
	length := -1
	if strings.HasPrefix(fields[2], "i=") {
		costs, l, hasLength := strings.Cut(fields[2], ",l=")
		n, err := numbers(costs, "i")
		if err != nil {
			return nil, err
		}
		p.iterations = n[0]
		if hasLength {
			if length, err = number(l, maxKey); err != nil {
				return nil, err
			}
		}
	} else {
		var err error
		if p.iterations, err = number(fields[2], maxIterations); err != nil {
			return nil, err
		}
		if strings.Contains(salt+key, "+") {
			return nil, errForeign
		}
		salt, key = strings.ReplaceAll(salt, ".", "+"), strings.ReplaceAll(key, ".", "+")
	}
	var err error
	if p.salt, p.key, err = decode(unpadded, salt, key); err != nil {
		return nil, err
	}
	if length >= 0 && length != len(p.key) {
		return nil, errForeign
	}
	return p, p.check()
}

// parseDjango reads pbkdf2_sha256$600000$salt$key: the salt is text as it stands.
func parseDjango(fields []string) (foreign, error) {
	p := pbkdf2Hash{digest: strings.TrimPrefix(fields[0], "pbkdf2_"), salt: []byte(fields[2])}
	if digests[p.digest] == nil {
		return nil, errForeign
	}
	var err error
	if p.iterations, err = number(fields[1], maxIterations); err != nil {
		return nil, err
	}
	if p.key, err = padded.DecodeString(fields[3]); err != nil {
		return nil, errForeign
	}
	return p, p.check()
}

func parseArgon(text, kind string) (foreign, error) {
	independent := kind == "argon2i"
	if independent {
		text = strings.Replace(text, "argon2i", "argon2id", 1)
	}
	r, err := parse(text)
	if err != nil {
		return nil, err
	}
	return argonHash{r, independent}, nil
}

// numbers reads ln=15,r=8,p=1: these names, in this order.
func numbers(s string, names ...string) ([]int, error) {
	parts := strings.Split(s, ",")
	if len(parts) != len(names) {
		return nil, errForeign
	}
	list := make([]int, len(names))
	for i, name := range names {
		digits, ok := strings.CutPrefix(parts[i], name+"=")
		if !ok {
			return nil, errForeign
		}
		var err error
		if list[i], err = number(digits, maxIterations); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// number reads a number as it is written once: no sign, no zero before it.
func number(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most || strconv.Itoa(n) != s {
		return 0, errForeign
	}
	return n, nil
}

func decode(as *base64.Encoding, a, b string) (x, y []byte, err error) {
	x, err1 := as.DecodeString(a)
	y, err2 := as.DecodeString(b)
	if err1 != nil || err2 != nil || strings.ContainsAny(a+b, "\r\n") {
		return nil, nil, errForeign
	}
	return x, y, nil
}
