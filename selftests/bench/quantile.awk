# SPDX-License-Identifier: GPL-2.0

function sort(a, n,	i, j, v)
{
	for (i = 2; i <= n; i++) {
		v = a[i]
		for (j = i - 1; j > 0 && a[j] > v; j--)
			a[j + 1] = a[j]
		a[j + 1] = v
	}
}

# The value below which a fraction of the samples lies.
function quantile(a, n, f,	pos, low)
{
	pos = 1 + (n - 1) * f
	low = int(pos)
	if (low >= n)
		return a[n]
	return a[low] + (pos - low) * (a[low + 1] - a[low])
}
