package geo

import "math"

// earthKm is the mean radius of the earth (IUGG).
const earthKm = 6371.0088

// Kilometres is the distance of two points in degrees along the surface of the
// earth, by the haversine formula, which is exact for near points, to metres for
// points on opposite sides, and off by at most 0.5 % as the globe is not round. Points at the same pole are the same
// point, and the date line is no border.
func Kilometres(lat1, lon1, lat2, lon2 float64) float64 {
	const degree = math.Pi / 180
	a, b := math.Sin((lat2-lat1)*degree/2), math.Sin((lon2-lon1)*degree/2)
	h := a*a + math.Cos(lat1*degree)*math.Cos(lat2*degree)*b*b
	return 2 * earthKm * math.Asin(math.Sqrt(min(h, 1)))
}
