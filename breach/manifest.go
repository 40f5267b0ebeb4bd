package breach

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ManifestName is the file that says which segments of a folder are the corpus.
const ManifestName = "manifest.json"

const (
	maxManifest = 1 << 20
	maxSegments = 64
)

// Role is what a segment is in a corpus.
type Role string

const (
	// Base is a published corpus as a whole.
	Base Role = "base"
	// Delta is what a newer edition of the base adds or changes: its counts replace those of the base.
	Delta Role = "delta"
	// Operator is a list of the operator's own: its counts are added.
	Operator Role = "operator"
	// Pairs is a keyed list of user names with passwords. Count never asks it.
	Pairs Role = "pairs"
)

// Manifest is the content of manifest.json. Every change is a new epoch.
type Manifest struct {
	Version   int         `json:"version"` // 1
	Epoch     uint64      `json:"epoch"`
	Published time.Time   `json:"published"`
	Segments  []Mount     `json:"segments"` // newest first: among base and delta the first that knows a hash tells its count
	Allow     []Allowance `json:"allow,omitempty"`
}

// Mount is one segment of a corpus.
type Mount struct {
	Path   string `json:"path"` // below the folder of the manifest, with slashes
	SHA256 Digest `json:"sha256"`
	Role   Role   `json:"role"`
	Public bool   `json:"public,omitempty"` // may be served to other software by its range
}

// Allowance lets one leaked password pass until it expires: the urgent remedy
// for an entry that should not be in a list. It says who did it and why.
type Allowance struct {
	SHA1  Digest    `json:"sha1"`
	Who   string    `json:"who"`
	Why   string    `json:"why"`
	When  time.Time `json:"when"`
	Until time.Time `json:"until"`
}

// Digest is bytes written as hexadecimal digits.
type Digest []byte

// MarshalText writes lower-case digits.
func (d Digest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d)), nil }

// UnmarshalText reads digits of either case.
func (d *Digest) UnmarshalText(text []byte) (err error) {
	*d, err = hex.DecodeString(string(text))
	return err
}

// ReadManifest reads and checks the manifest of a folder.
func ReadManifest(dir string) (Manifest, error) {
	text, err := readManifestText(dir)
	if err != nil {
		return Manifest{}, err
	}
	return parseManifest(text)
}

func readManifestText(dir string) ([]byte, error) {
	path := filepath.Join(dir, ManifestName)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if info.Size() > maxManifest {
		return nil, fmt.Errorf("read manifest: %d bytes are too many", info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return text, nil
}

func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, fmt.Errorf("read manifest: %w", err)
	}
	if dec.More() {
		return m, errors.New("read manifest: something follows it")
	}
	return m, m.check()
}

// check refuses what no publisher writes.
func (m *Manifest) check() error {
	if m.Version != 1 {
		return fmt.Errorf("manifest of version %d, known is 1", m.Version)
	}
	if len(m.Segments) > maxSegments {
		return fmt.Errorf("manifest with %d segments, at most %d", len(m.Segments), maxSegments)
	}
	paths := map[string]bool{}
	for _, s := range m.Segments {
		// A manifest may be writable by fewer people than the rest of the disk is readable to.
		if !filepath.IsLocal(filepath.FromSlash(s.Path)) || s.Path == "." {
			return fmt.Errorf("segment %q is not below the folder of the manifest", s.Path)
		}
		if paths[s.Path] {
			return fmt.Errorf("segment %q twice", s.Path)
		}
		paths[s.Path] = true
		if len(s.SHA256) != 32 {
			return fmt.Errorf("segment %q without its SHA-256", s.Path)
		}
		switch s.Role {
		case Base, Delta, Operator:
		case Pairs:
			if s.Public {
				return fmt.Errorf("segment %q: pairs are personal data and never public", s.Path)
			}
		default:
			return fmt.Errorf("segment %q with the unknown role %q", s.Path, s.Role)
		}
	}
	for _, a := range m.Allow {
		if len(a.SHA1) != len(Hash{}) || a.Who == "" || a.Why == "" || a.When.IsZero() || a.Until.IsZero() {
			return errors.New("an allowance needs a SHA-1, who, why, when and until")
		}
	}
	return nil
}
