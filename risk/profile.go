package risk

// MaxProfile is the size in bytes that no profile exceeds on disk.
const MaxProfile = 1024

// maxFailures is how many failures of its account a profile keeps apart.
const maxFailures = 6

// Profile is what is known of one user: bounded, without a raw address. The zero
// Profile knows nothing. It is not safe for concurrent use; a copy is
// independent.
type Profile struct {
	lost bool
}

// Lost tells that the last UnmarshalBinary found damage and that nothing has
// been learned since. Assess says so and demands what the policy demands.
func (p *Profile) Lost() bool { return p.lost }

// MarshalBinary writes the profile, at most MaxProfile bytes. An empty profile is
// written too.
func (p *Profile) MarshalBinary() ([]byte, error) { return p.AppendBinary(nil) }

// AppendBinary appends what MarshalBinary writes.
func (p *Profile) AppendBinary(b []byte) ([]byte, error) { return b, nil }

// UnmarshalBinary reads what MarshalBinary wrote; no bytes at all are an empty
// profile. After an error the profile is empty and Lost.
func (p *Profile) UnmarshalBinary(b []byte) error { return nil }

// Export tells everything that is in the profile in words of JSON, for the user
// who asks what is stored of them. Addresses and devices appear as the hashes that
// they are.
func (p *Profile) Export() Export { return Export{} }

// Export is a Profile to be read by people.
type Export struct{}
