-- dialect: tsql
-- Pro rata temporis: the share of a policy's term that has passed by @AsOf, between 0 and 1.

CREATE FUNCTION dbo.fnEarnedShare (@Inception DATE, @Expiry DATE, @AsOf DATE)
RETURNS DECIMAL(9, 8)
AS
BEGIN
    RETURN CASE
        WHEN @AsOf <= @Inception THEN 0
        WHEN @AsOf >= @Expiry THEN 1
        ELSE CAST(DATEDIFF(DAY, @Inception, @AsOf) AS DECIMAL(18, 8)) / DATEDIFF(DAY, @Inception, @Expiry)
    END;
END;
GO
